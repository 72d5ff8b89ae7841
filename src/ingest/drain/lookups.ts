import type { Actor, EventDraft, Repository } from '../../core/event.ts';
import type { ForeignEdge } from './edges.ts';

/**
 * Questions to the forges' APIs, asked before a batch's transaction begins: no transaction spans network traffic. An answer that
 * does not come in time is no answer; the drain goes on without it.
 */
export interface Lookups {
  /** The actor's permission on the repository; undefined when nothing tells it. */
  findPermission(forge: string, repo: Repository, actor: Actor): Promise<EventDraft['permission']>;
  /** What the forge's history says changed at that time; undefined when it cannot be asked. */
  findEdges(forge: string, repo: Repository, number: number, at: string): Promise<readonly ForeignEdge[] | undefined>;
}
