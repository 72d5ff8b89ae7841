/**
 * Makes the picture of the README, `docs/images/feed.png`: a hub of its own, the events of the demo, and the page as a browser shows it.
 * Needs what the browser tests need; run `node scripts/screenshot.ts` after the page was built.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSampleFinder, recast } from '../src/cli/demo/fresh-sample.ts';
import { ISSUE_TITLES, PULL_TITLES, STORY } from '../src/cli/demo/story.ts';
import { launchBrowser } from '../test/browser.ts';
import { createPageHub } from '../test/page-hub.ts';

const PICTURE = join(import.meta.dirname, '..', 'docs', 'images', 'feed.png');
const FORGES = [
  { name: 'gitea', kind: 'gitea' },
  { name: 'github', kind: 'github' },
] as const;
const CAST = {
  issue: { number: 12, title: ISSUE_TITLES[0] },
  issueLabels: new Set(['bug']),
  pull: { number: 34, title: PULL_TITLES[0] },
  version: '2.4.0',
};

const colorScheme = process.argv.includes('--dark') ? 'dark' : 'light';
const path = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? PICTURE;
await mkdir(join(path, '..'), { recursive: true });
const dataDir = await mkdtemp(join(tmpdir(), 'fettle-picture-'));
const page = await createPageHub(dataDir);
const browser = await launchBrowser();
try {
  const findSample = createSampleFinder();
  for (const step of STORY) {
    const forge = FORGES[step.at];
    if (forge === undefined || step.sent !== undefined) continue;
    const found = findSample(forge.kind, step);
    if (step.label !== undefined) CAST.issueLabels.add(step.label);
    if (found !== undefined) await page.sendSample(forge.name, recast(found, step, CAST));
  }
  const tab = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme, reducedMotion: 'reduce' });
  await tab.goto((await page.hub.createSignInLink()).url);
  await tab.getByRole('article').first().waitFor();
  await tab.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  await tab.getByRole('button', { name: '1 stream client' }).waitFor();
  await tab.screenshot({ path });
} finally {
  await browser.close();
  await page.close();
  await rm(dataDir, { recursive: true, force: true });
}
process.stdout.write(`${path}\n`);
