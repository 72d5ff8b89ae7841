import { Button } from '@mantine/core';
import { ConnectDrawer } from './connect/ConnectDrawer.tsx';
import { EventDrawer } from './detail/EventDrawer.tsx';
import { FeedPage } from './feed/FeedPage.tsx';
import { Header } from './header/Header.tsx';
import { leave, navigate, usePlace } from './navigation/location.ts';
import { SignInPage } from './sign-in/SignInPage.tsx';
import styles from './App.module.css';

/** Every view of the page by its address. Details and the connection of forges lie over the feed, which stays as it was. */
export function App() {
  const { path, search } = usePlace();
  if (path === '/sign-in') return <SignInPage />;

  const eventId = /^\/events\/([\w-]+)$/.exec(path)?.[1];
  const isConnect = path === '/connect';
  const isKnown = path === '/' || path === '/index.html' || isConnect || eventId !== undefined;
  const close = () => leave(`/${search}`);
  return (
    <>
      <Header />
      {isKnown ? <FeedPage /> : <NotFound />}
      <EventDrawer id={eventId ?? null} search={search} onClose={close} />
      <ConnectDrawer isOpen={isConnect} onClose={close} />
    </>
  );
}

function NotFound() {
  return (
    <main className={styles.lost}>
      <h1>There is no such page</h1>
      <Button variant="default" onClick={() => navigate('/')}>
        To the events
      </Button>
    </main>
  );
}
