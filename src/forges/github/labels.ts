import type { ApiClient } from '../api-client.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import { listAt, textAt } from '../read.ts';
import type { LabelApi, SubjectRef } from '../write-contract.ts';

/**
 * Labels of GitHub: by name, whatever its case; one that the repository does not have is made by adding it.
 * https://docs.github.com/en/rest/issues/labels
 */
export function createGitHubLabels(client: ApiClient): LabelApi {
  const list = async (subject: SubjectRef) => {
    const names: string[] = [];
    for await (const label of readPages(client, LINKED_PAGES, toPath(subject), { per_page: '100' })) {
      names.push(...toName(label));
    }
    return names;
  };
  return {
    list,
    async add(subject, names) {
      return listAt((await client.send('POST', toPath(subject), { labels: names })).body).flatMap(toName);
    },
    async set(subject, names) {
      return listAt((await client.send('PUT', toPath(subject), { labels: names })).body).flatMap(toName);
    },
    async remove(subject, names) {
      const unwanted = new Set(names.map((name) => name.toLowerCase()));
      const present = await list(subject);
      for (const name of present.filter((each) => unwanted.has(each.toLowerCase()))) {
        // 404: somebody else took it away meanwhile; the subject itself was just read.
        await client.send('DELETE', [...toPath(subject), name], undefined, { accept: [404] });
      }
      return present.filter((name) => !unwanted.has(name.toLowerCase()));
    },
  };
}

function toPath({ repo, number }: SubjectRef): readonly string[] {
  return ['repos', repo.owner, repo.name, 'issues', String(number), 'labels'];
}

function toName(label: unknown): string[] {
  const name = textAt(label, 'name');
  return name === undefined ? [] : [name];
}
