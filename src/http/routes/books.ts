import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { LiveInbox } from '../../store/books.ts';
import { readCheckedBooks } from '../../store/check-books.ts';
import { requireAllRepositories } from '../access/route-access.ts';
import type { GetDatabase } from '../../store/store.ts';
import { Time, withProblems } from './shapes.ts';

const count = (about: string) => z.number().int().describe(about);

const BookEntry = z.object({
  received: count('Answered 200.'),
  effected: count('A run succeeded or a trigger was raised.'),
  filtered: count('No rule matched.'),
  duplicate: count('Known already.'),
  dead: count('A run is dead, or the delivery could not be understood.'),
  pending: count('Still in an inbox, or a run of it is not over.'),
  balanced: z.boolean().describe('Whether the classes add up to what was received; if not, something was lost.'),
});

const BooksShape = z.object({
  total: BookEntry,
  exact: z.boolean().describe('Nothing is pending, so the numbers are final.'),
  undrained: count('Still in an inbox: pending, and in the books of no forge.'),
  inboxes: z.array(BookEntry.extend({ inboxId: z.string(), host: z.string(), seenAt: Time })),
  forges: z
    .array(
      BookEntry.extend({
        forge: z.string().nullable().describe('Null for deliveries from before there were books of forges.'),
      }),
    )
    .describe('What was drained, by forge. With `undrained` it adds up to `total`.'),
  check: z
    .object({
      balanced: z.boolean(),
      findings: z.array(
        z.object({ about: z.string().describe('Which inbox or forge.'), detail: z.string().describe('What differs.') }),
      ),
      runsCounted: z
        .boolean()
        .describe('False while so many runs are unfinished that they were not compared with the books.'),
    })
    .describe('Whether classes, inboxes, forges and unfinished runs agree, and where they do not.'),
});

/** The books: what became of every delivery that was ever answered 200. */
export function registerBooksRoute(
  instance: FastifyInstance,
  { getDb, liveInboxes }: { readonly getDb: GetDatabase; readonly liveInboxes: () => readonly LiveInbox[] },
): void {
  instance.withTypeProvider<ZodTypeProvider>().get(
    '/api/v1/books',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'What became of every delivery that was answered 200.',
        tags: ['deliveries'],
        response: withProblems({ 200: BooksShape }),
      },
    },
    async (request) => {
      requireAllRepositories(request);
      const { books, check } = await readCheckedBooks(getDb(), liveInboxes());
      return {
        ...books,
        forges: [...books.forges],
        check: { ...check, findings: [...check.findings] },
        inboxes: books.inboxes.map((inbox) => ({ ...inbox, seenAt: inbox.seenAt.toISOString() })),
      };
    },
  );
}
