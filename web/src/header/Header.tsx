import { Link } from '../navigation/Link.tsx';
import { BooksSummary } from './BooksSummary.tsx';
import styles from './Header.module.css';
import { HealthStatus } from './HealthStatus.tsx';
import { Logo } from './Logo.tsx';
import { PageLinks } from './PageLinks.tsx';
import { SignOutButton } from './SignOutButton.tsx';
import { StreamClients } from './StreamClients.tsx';
import { ThemeToggle } from './ThemeToggle.tsx';

/** The slim bar on top: the ways between the pages, and how the hub is, at a glance. */
export function Header() {
  return (
    <header className={styles.header}>
      <div className={styles.inner}>
        <Link href="/" className={styles.name}>
          <Logo />
          Fettle
        </Link>
        <PageLinks />
        <HealthStatus />
        <BooksSummary />
        <StreamClients />
        <div className={styles.end}>
          <ThemeToggle />
          <SignOutButton />
        </div>
      </div>
    </header>
  );
}
