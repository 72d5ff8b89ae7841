import type { Config } from '../config/config.ts';
import type { WebhookRoutes } from '../http/routes/webhook.ts';
import { createBodyReader } from '../ingest/body.ts';
import type { Receiver } from '../ingest/receive.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** What the door for webhooks needs. `first` is the configuration of the start, for what stays until the next one. */
export function createWebhookPorts(sources: {
  readonly first: Config;
  readonly config: () => Config;
  readonly receive: Receiver;
  readonly metrics: Metrics;
}): WebhookRoutes {
  const { first, config, receive, metrics } = sources;
  return {
    forges: () => config().forges,
    receive,
    bodies: createBodyReader({
      maxBodyBytes: () => config().ingest.maxBodyBytes,
      maxBytesInFlight: () => config().ingest.bytesInFlight,
    }),
    trustedProxies: first.http.trustedProxies,
    unverifiedPerMinute: first.ingest.unverifiedPerMinute,
    observer: {
      received: (forge) => metrics.deliveryReceived(forge),
      rejected: (forge, code) => metrics.deliveryRejected(forge, code),
      accepted: (forge, { event }, durationMs) => {
        if (event !== null) metrics.deliveryAccepted(forge, event);
        metrics.acceptTook(durationMs / 1000);
      },
    },
  };
}
