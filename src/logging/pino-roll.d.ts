declare module 'pino-roll' {
  import type { destination } from 'pino';

  interface RolledFileOptions {
    file: string;
    extension?: string;
    size?: string;
    frequency?: 'daily' | 'hourly';
    dateFormat?: string;
    limit?: { count: number; removeOtherLogFiles?: boolean };
    mkdir?: boolean;
    sync?: boolean;
  }

  export default function openRolledFile(options: RolledFileOptions): Promise<ReturnType<typeof destination>>;
}
