/** Shapes of the icons, drawn with one stroke on a grid of 24. */
const PATHS = {
  pause: 'M9 5v14M15 5v14',
  play: 'M7 5l12 7-12 7z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  leave: 'M15 4h4a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-4M10 8l-4 4 4 4M6 12h10',
  plus: 'M12 5v14M5 12h14',
  bolt: 'M13 2L4.5 13.5H11L10 22l9-12h-6.5z',
  warning: 'M12 4L2.5 20h19zM12 10v4M12 17v.5',
  cross: 'M6 6l12 12M18 6L6 18',
  filter: 'M4 5h16l-6.5 8v6l-3-1.5V13z',
  again: 'M20 11a8 8 0 1 0-2.3 6.2M20 4v7h-7',
  back: 'M19 12H5M11 6l-6 6 6 6',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4.500 4.500',
  up: 'M12 19V5M6 11l6-6 6 6',
  outward: 'M14 4h6v6M20 4l-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c0-3.5 3-6 6.5-6s6.5 2.5 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6M18.5 14.5c1.800.9 3 2.800 3 5.5',
} as const;

/** The name of an icon. */
export type IconName = keyof typeof PATHS;

/** An icon beside a text that says the same, so it is hidden from screen readers. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
