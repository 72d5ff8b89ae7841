import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorCode } from '../core/errors.ts';
import type { EventDraft } from '../core/event.ts';
import type { ForgeKind } from '../core/vocabulary.ts';
import type { JsonObject } from './read.ts';

/**
 * What a forge driver is. A driver is data and pure functions: it holds no connection, no state and no secret. It knows how
 * one kind of forge signs, names and words its deliveries. The registry lists the drivers; `contract.testsuite.ts` is run on each.
 *
 *   DeliveryRequest ──verifyDelivery──▶ VerifiedDelivery ──parseDelivery──▶ ParsedDelivery ──identify──▶ Identity
 *                                                                                          └─normalise──▶ Normalised
 */

/** One HTTP request from a forge, as received. */
export interface DeliveryRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

declare const verified: unique symbol;

/** A request whose origin was proved. Only `verify.ts` makes these; nothing else is ever parsed. */
export interface VerifiedDelivery {
  readonly [verified]: true;
  readonly headers: IncomingHttpHeaders;
  /** The body as received. */
  readonly body: Buffer;
  /** The JSON text within the body: the body itself, or the decoded `payload` field of a form. */
  readonly payloadBytes: Buffer;
}

/** A verified delivery whose JSON was read; the top level is an object. */
export interface ParsedDelivery {
  readonly [verified]: true;
  readonly headers: IncomingHttpHeaders;
  readonly payload: JsonObject;
  /** The JSON text. */
  readonly payloadBytes: Buffer;
}

/** Why a request was not verified. */
export type VerifyFailure = Extract<ErrorCode, 'signature_missing' | 'signature_invalid' | 'signature_stale'>;

/** `undefined` when the signature holds, else why not. */
export type Verdict = VerifyFailure | undefined;

/** What a delivery calls itself. */
export interface Identity {
  /** The forge's own event name: header value or body type. Joined as `event/subtype` nowhere; it is shown and counted. */
  readonly event: string;
  /** The forge's own action, where it has one. */
  readonly action?: string | undefined;
  /** The forge's own id of the delivery, as received. */
  readonly deliveryId?: string | undefined;
  /**
   * What makes two arrivals the same delivery, unique within the forge: the delivery id, or what stands in for it
   * (facts: GitLab without Idempotency-Key and OneDev use a hash of the body).
   */
  readonly deliveryKey: string;
  /** Made by the forge's test button: never folded by meaning. */
  readonly test: boolean;
}

/** The labels and assignees of an issue or pull request at one moment, from forges that do not say which one changed. */
export interface SubjectSnapshot {
  readonly subject: 'issue' | 'pull';
  readonly number: number;
  /**
   * The subject's own update time, ISO 8601 UTC. Later snapshots win, whatever the order of arrival. Undefined where the forge
   * keeps no such time (pull requests on Gogs): then the time of receipt stands in.
   */
  readonly at: string | undefined;
  /** Undefined where the payload does not tell. */
  readonly labels: readonly string[] | undefined;
  readonly assignees: readonly string[] | undefined;
  /** The delivery says that the subject was just opened: what is present now was gained now. */
  readonly opened: boolean;
  /** What the delivery says has changed, without saying how. */
  readonly touched: 'labels' | 'assignees' | undefined;
  /** Fields common to the edge events that the drain derives; their type and value are added there. */
  readonly base: Omit<EventDraft, 'type'>;
}

/** What a delivery means. */
export interface Normalised {
  readonly drafts: readonly EventDraft[];
  /** Only from drivers whose capability `namesTheChange` is false. */
  readonly snapshot?: SubjectSnapshot | undefined;
}

/** What can be asked of a driver beforehand. */
export interface Capabilities {
  /** `hmac`: the body is signed. `secret`: the forge sends the secret itself; refused over plain HTTP from afar. */
  readonly authentication: 'hmac' | 'secret' | 'hmac-or-secret';
  /** Whether the forge says which label or assignee changed. If not, the drain compares snapshots. */
  readonly namesTheChange: boolean;
  /** Whether deliveries carry an id of their own. */
  readonly deliveryIds: boolean;
  /** Whether a manual re-send keeps the delivery id. */
  readonly resendKeepsId: boolean;
  /** Whether form-encoded bodies occur. */
  readonly formBodies: boolean;
  /** Whether bodies hold ids only, to be looked up by API. */
  readonly thinPayloads: boolean;
}

/** What a sample needs to become a signed request. */
export interface SampleToSign {
  readonly event: string;
  /** Value of the finer event header of the Gitea family. */
  readonly eventType?: string | undefined;
  readonly body: Buffer;
  readonly secret: string;
  readonly deliveryId: string;
  readonly nowMs: number;
}

/** The driver of one kind of forge. */
export interface ForgeDriver {
  readonly kind: ForgeKind;
  /** Name for people. */
  readonly title: string;
  readonly capabilities: Capabilities;
  /** Lower-case names of the request headers that are stored with a delivery. Never one that carries a secret or a signature. */
  readonly capturedHeaders: readonly string[];

  /** The JSON text within the body, or undefined where the body has none. Must not throw on any bytes. */
  readPayload(request: DeliveryRequest): Buffer | undefined;
  /**
   * Checks the signature over the right bytes, in constant time, against each secret. `secrets` is never empty and holds no
   * empty string. Every signature header of this scheme that is present must agree. Must not throw on any input.
   */
  verify(request: DeliveryRequest, payloadBytes: Buffer, secrets: readonly string[], nowMs: number): Verdict;
  /** Whether the request presents a bare secret, so that plain HTTP from afar must be refused. */
  presentsBareSecret(request: DeliveryRequest): boolean;
  /** What the delivery calls itself; undefined when it is not one of this kind of forge (answered 422). */
  identify(delivery: ParsedDelivery): Identity | undefined;
  /** What it means. Never throws for odd shapes: what cannot be read is absent, what has no type is `unknown`. */
  normalise(delivery: ParsedDelivery): Normalised;
  /** An unsigned connection test that is answered 200 and not stored (Bitbucket Data Center `diagnostics:ping`). */
  isConnectionTest?(request: DeliveryRequest): boolean;
  /** Request headers of a delivery as this forge would send it, signature included. For samples, the demo and tests. */
  toSignedHeaders(sample: SampleToSign): Record<string, string>;
}
