import { FettleError } from '../../core/errors.ts';
import type { ApiClient } from '../api-client.ts';
import { listAt } from '../read.ts';
import type { LabelApi } from '../write-contract.ts';
import { toSubject } from './place.ts';

/**
 * Labels of GitLab: fields of the issue or merge request, by name; one that the project does not have is made by adding it.
 * https://docs.gitlab.com/api/issues/#update-an-issue https://docs.gitlab.com/api/merge_requests/#update-a-merge-request
 */
export function createGitLabLabels(client: ApiClient): LabelApi {
  const change =
    (field: 'add_labels' | 'remove_labels' | 'labels'): LabelApi['add'] =>
    async (subject, names) =>
      toNames((await client.send('PUT', toSubject(subject), { [field]: toList(names) })).body);
  return {
    list: async (subject) => toNames((await client.send('GET', toSubject(subject))).body),
    add: change('add_labels'),
    remove: change('remove_labels'),
    set: change('labels'),
  };
}

/**
 * Several labels as GitLab reads them.
 * @throws FettleError `input_invalid` for a name with a comma, which would become two labels.
 */
export function toList(names: readonly string[]): string {
  const odd = names.find((name) => name.includes(','));
  if (odd !== undefined) {
    throw new FettleError('input_invalid', `GitLab has no label with a comma in its name: ${JSON.stringify(odd)}.`);
  }
  return names.join(',');
}

function toNames(body: unknown): readonly string[] {
  return listAt(body, 'labels').filter((name) => typeof name === 'string');
}
