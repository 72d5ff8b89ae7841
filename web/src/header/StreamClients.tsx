import { useHealth } from '../api/queries.ts';
import { Icon } from '../shared/Icon.tsx';
import { toCountText } from '../shared/quantity.ts';
import { Glance } from './Glance.tsx';

/** How many listen to the stream, this page included. */
export function StreamClients() {
  const { data } = useHealth();
  if (data === undefined) return null;
  const text = toCountText(data.clients, 'stream client');
  return (
    <Glance
      label={text}
      tone="plain"
      face={
        <>
          <Icon name="people" size={15} />
          {data.clients}
        </>
      }
    >
      <p>{text} listening now, over server-sent events, WebSocket or long-poll. An open page like this one counts.</p>
    </Glance>
  );
}
