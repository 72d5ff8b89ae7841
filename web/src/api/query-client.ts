import { QueryCache, QueryClient } from '@tanstack/react-query';
import { goToSignIn } from '../navigation/location.ts';
import { isPassing, isSignedOut, toShownProblem } from './request.ts';

/** The cache of answers. Whichever answer first says that nobody is signed in leads to the sign-in page. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (isSignedOut(toShownProblem(error))) goToSignIn();
      },
    }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < 2 && isPassing(toShownProblem(error)),
        staleTime: 5_000,
        refetchOnWindowFocus: true,
      },
    },
  });
}
