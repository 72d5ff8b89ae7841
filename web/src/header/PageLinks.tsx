import { useRunCounts } from '../api/run-queries.ts';
import { Link } from '../navigation/Link.tsx';
import { usePlace } from '../navigation/location.ts';
import { toCountText, toShortNumberText } from '../shared/quantity.ts';
import styles from './PageLinks.module.css';

const PAGES = [
  { name: 'Events', href: '/', paths: /^\/($|index\.html$|events\/|connect$)/ },
  { name: 'Runs', href: '/runs', paths: /^\/runs($|\/)/ },
  { name: 'Ledger', href: '/ledger', paths: /^\/ledger($|\/)/ },
] as const;

/** The ways between the pages, and how many runs need somebody. */
export function PageLinks() {
  const { path } = usePlace();
  const { data } = useRunCounts();
  const dead = (data?.counts ?? []).filter(({ state }) => state === 'dead').reduce((sum, { runs }) => sum + runs, 0);
  return (
    <nav className={styles.links} aria-label="Pages">
      {PAGES.map(({ name, href, paths }) => (
        <Link key={href} href={href} className={styles.link} aria-current={paths.test(path) ? 'page' : undefined}>
          {name}
          {name === 'Runs' && dead > 0 && (
            <span className={styles.dead} title={`${toCountText(dead, 'run is', 'runs are')} dead`}>
              {toShortNumberText(dead)}
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}
