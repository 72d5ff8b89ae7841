import { Button } from '@mantine/core';
import { ConnectDrawer } from './connect/ConnectDrawer.tsx';
import { EventDrawer } from './detail/EventDrawer.tsx';
import { FeedPage } from './feed/FeedPage.tsx';
import { Header } from './header/Header.tsx';
import { LedgerPage } from './ledger/LedgerPage.tsx';
import { toNodeId } from './ledger/node-path.ts';
import { NodePage } from './ledger/NodePage.tsx';
import { leave, navigate, usePlace } from './navigation/location.ts';
import { RunDrawer } from './runs/RunDrawer.tsx';
import { RunsPage } from './runs/RunsPage.tsx';
import { SignInPage } from './sign-in/SignInPage.tsx';
import { AgentsPage } from './tasks/AgentsPage.tsx';
import { TaskDrawer } from './tasks/TaskDrawer.tsx';
import { TasksPage } from './tasks/TasksPage.tsx';
import styles from './App.module.css';

/** Every view of the page by its address. Details and the connection of forges lie over their list, which stays as it was. */
export function App() {
  const { path, search } = usePlace();
  if (path === '/sign-in') return <SignInPage />;

  const eventId = /^\/events\/([\w-]+)$/.exec(path)?.[1] ?? null;
  const runId = /^\/runs\/([\w-]+)$/.exec(path)?.[1] ?? null;
  const taskId = /^\/tasks\/([\w-]+)$/.exec(path)?.[1] ?? null;
  return (
    <>
      <Header />
      <View path={path} />
      <EventDrawer id={eventId} search={search} onClose={() => leave(`/${search}`)} />
      <RunDrawer id={runId} search={search} onClose={() => leave(`/runs${search}`)} />
      <TaskDrawer id={taskId} onClose={() => leave(`/tasks${search}`)} />
      <ConnectDrawer isOpen={path === '/connect'} onClose={() => leave(`/${search}`)} />
    </>
  );
}

function View({ path }: { readonly path: string }) {
  if (/^\/($|index\.html$|connect$|events\/[\w-]+$)/.test(path)) return <FeedPage />;
  if (/^\/runs($|\/[\w-]+$)/.test(path)) return <RunsPage />;
  if (/^\/tasks($|\/[\w-]+$)/.test(path)) return <TasksPage />;
  if (path === '/agents') return <AgentsPage />;
  if (path === '/ledger') return <LedgerPage />;
  const node = toNodeId(path);
  return node === null ? <NotFound /> : <NodePage key={node} id={node} />;
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
