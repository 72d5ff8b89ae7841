import { useSyncExternalStore } from 'react';

/**
 * Where in the page we are: the path says which view, the query holds the filter. There are few views, so the browser's
 * own history is all the router needed.
 */
export interface Place {
  readonly path: string;
  /** With its question mark; empty when there is none. */
  readonly search: string;
}

/** What an entry of the history remembers. */
interface EntryState {
  /** The entry before it is a view of this page. */
  readonly isWithin?: boolean;
  /** Where to go after signing in. */
  readonly returnTo?: string;
}

const MOVED = 'fettle:moved';
let place = readPlace();

/** The present place; the component is drawn anew when it changes. */
export function usePlace(): Place {
  return useSyncExternalStore(listen, () => place);
}

/** Goes to an address of this page. `replace` leaves no entry for the back button. */
export function navigate(to: string, options: { readonly replace?: boolean; readonly state?: EntryState } = {}): void {
  const isWithin = options.replace === true ? readState().isWithin === true : true;
  const state: EntryState = { isWithin, ...options.state };
  if (options.replace === true) history.replaceState(state, '', to);
  else history.pushState(state, '', to);
  announce();
}

/** Goes back when the entry before is ours, so that the back button does not lead round in circles; else to `to`. */
export function leave(to: string): void {
  if (readState().isWithin === true) history.back();
  else navigate(to, { replace: true });
}

/** Goes to the sign-in page, once; after signing in the way leads back here. */
export function goToSignIn(): void {
  if (place.path === '/sign-in') return;
  navigate('/sign-in', { state: { returnTo: place.path + place.search } });
}

/** Where to go after signing in. */
export function toReturnPlace(): string {
  return readState().returnTo ?? '/';
}

function listen(changed: () => void): () => void {
  const update = () => {
    place = readPlace();
    changed();
  };
  addEventListener('popstate', update);
  addEventListener(MOVED, update);
  return () => {
    removeEventListener('popstate', update);
    removeEventListener(MOVED, update);
  };
}

function announce(): void {
  place = readPlace();
  dispatchEvent(new Event(MOVED));
}

function readPlace(): Place {
  return { path: location.pathname, search: location.search };
}

function readState(): EntryState {
  return (history.state as EntryState | null) ?? {};
}
