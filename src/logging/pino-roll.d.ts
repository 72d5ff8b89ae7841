declare module 'pino-roll' {
  import type { SonicBoom, SonicBoomOpts } from 'sonic-boom';

  interface RolledFileOptions extends Omit<SonicBoomOpts, 'dest'> {
    file: string;
    extension?: string;
    size?: string;
    frequency?: 'daily' | 'hourly';
    dateFormat?: string;
    limit?: { count: number; removeOtherLogFiles?: boolean };
  }

  export default function openRolledFile(options: RolledFileOptions): Promise<SonicBoom>;
}
