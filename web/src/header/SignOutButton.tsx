import { ActionIcon } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { isSignedOut, postJson, toShownProblem } from '../api/request.ts';
import { navigate } from '../navigation/location.ts';
import { Icon } from '../shared/Icon.tsx';

/** Ends the session of this browser. */
export function SignOutButton() {
  const client = useQueryClient();
  const leave = () => {
    client.clear();
    navigate('/sign-in');
  };
  const signOut = useMutation({
    mutationFn: () => postJson('/api/v1/sign-out'),
    onSuccess: leave,
    onError: (error) => {
      if (isSignedOut(toShownProblem(error))) leave();
    },
  });
  const problem = signOut.error === null ? null : toShownProblem(signOut.error);
  const label = problem === null ? 'Sign out' : `Not signed out: ${problem.detail}`;
  return (
    <ActionIcon
      variant="subtle"
      color={problem === null ? 'gray' : 'red'}
      aria-label={label}
      title={label}
      loading={signOut.isPending}
      onClick={() => signOut.mutate()}
    >
      <Icon name="leave" />
    </ActionIcon>
  );
}
