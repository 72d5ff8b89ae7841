import type { ReactNode } from 'react';

/** A link to an address that came from a forge: followed only when it is http or https, else shown as text. */
export function SafeLink({ url, children }: { readonly url: string; readonly children: ReactNode }) {
  if (!isWebAddress(url)) return <span>{children}</span>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

/** Whether an address leads to a page, and not to a script or a file of this machine. */
export function isWebAddress(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}
