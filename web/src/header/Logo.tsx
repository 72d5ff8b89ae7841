/** An anvil. */
export function Logo({ size = 26 }: { readonly size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#d9480f" />
      <path
        d="M6 10h20c0 3.6-3 5.6-7 6v2.6c2.6.5 4.3 1.9 4.8 4.4H9.4c.5-2.5 2.2-3.9 4.8-4.4V16C9.6 15.7 6.6 13.6 6 10z"
        fill="#fff"
      />
    </svg>
  );
}
