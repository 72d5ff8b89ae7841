import { useRulePauses } from '../api/rule-queries.ts';
import { Notice } from '../shared/Notice.tsx';
import { toCountText } from '../shared/quantity.ts';
import { PauseItem } from './PauseItem.tsx';
import styles from './PauseNotice.module.css';

/** Rules that were paused because they seemed to cause themselves; nothing while there is none. */
export function PauseNotice() {
  const { data } = useRulePauses();
  if (data === undefined || data.length === 0) return null;
  const rules = Map.groupBy(data, ({ rule }) => rule);
  return (
    <Notice icon="pause" title={`${toCountText(rules.size, 'rule is', 'rules are')} paused`}>
      <ul className={styles.list}>
        {[...rules].map(([rule, pauses]) => (
          <PauseItem key={rule} rule={rule} pauses={pauses} />
        ))}
      </ul>
    </Notice>
  );
}
