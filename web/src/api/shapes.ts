import type { Role } from '../../../src/core/access.ts';
import type { Event } from '../../../src/core/event.ts';
import type { ForgeKind } from '../../../src/core/vocabulary.ts';
import type { RunSummary } from './run-shapes.ts';

/** What the API answers. The event is the hub's own type; the rest follows /api/openapi.json. */
export type HubEvent = Event;

export interface ActivityPage {
  readonly events: readonly HubEvent[];
  /** `before` of the next older page; null at the end. */
  readonly next: number | null;
}

/** Events that a stream could not bring, because they are older than what is kept. */
export interface Gap {
  readonly requested: number;
  readonly oldest: number;
  readonly latest: number;
}

export interface Health {
  readonly status: 'ok' | 'degraded';
  readonly clients: number;
  /** Like everything below, only for those who are signed in. */
  readonly version?: string;
  readonly store?: { readonly kind: 'embedded' | 'postgres'; readonly reachable: boolean };
  readonly inbox?: {
    readonly entries: number;
    readonly oldestPendingAgeSeconds: number | null;
    readonly accepting: boolean;
    readonly reason?: string;
  };
  readonly config?: { readonly state: 'ok' | 'refused'; readonly problems: readonly string[] };
}

export interface BookEntry {
  readonly received: number;
  readonly effected: number;
  readonly filtered: number;
  readonly duplicate: number;
  readonly dead: number;
  readonly pending: number;
  readonly balanced: boolean;
}

export interface Books {
  readonly total: BookEntry;
  readonly exact: boolean;
}

export interface Forge {
  readonly name: string;
  readonly kind: ForgeKind;
  readonly url: string | null;
  readonly webhookUrl: string;
  readonly unsigned: boolean;
  readonly lastEventAt: string | null;
  readonly lastEventType: string | null;
}

export interface Me {
  readonly name: string;
  readonly role: Role;
}

export interface DeliverySummary {
  readonly id: string;
  readonly forge: string;
  readonly kind: ForgeKind;
  readonly deliveryId: string | null;
  readonly event: string;
  readonly state: 'accepted' | 'duplicate';
  readonly duplicateOf: string | null;
  readonly duplicateBy: 'id' | 'meaning' | null;
  readonly outcome: 'pending' | 'effected' | 'filtered' | 'duplicate' | 'dead';
  readonly receivedAt: string;
  readonly remoteAddress: string | null;
  readonly bodyBytes: number;
  readonly bodySha256: string;
  readonly error: string | null;
}

export interface MatchedRule {
  readonly rule: string;
  /** The trigger it raised. */
  readonly trigger?: string;
  /** The action it called, and the run of it. */
  readonly action?: string;
  readonly run?: string;
}

export interface EventDetails {
  readonly event: HubEvent;
  /** What the rules that matched did. */
  readonly matched: readonly MatchedRule[];
  /** What it set off, newest first. */
  readonly runs: readonly RunSummary[];
  readonly delivery: (DeliverySummary & { readonly headers: Readonly<Record<string, string>> }) | null;
}

export interface DeliveryDetails extends DeliverySummary {
  readonly events: readonly HubEvent[];
  readonly arrivals: readonly DeliverySummary[];
}
