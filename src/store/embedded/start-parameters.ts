import { PGlite } from '@electric-sql/pglite';

const SETTINGS: Record<string, string> = {
  fsync: 'on',
  // Emscripten's fdatasync does nothing; fsync is replaced by a real one.
  wal_sync_method: 'fsync',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // Without recycling, a checkpoint gives the space of old WAL back.
  wal_recycle: 'off',
  max_wal_size: '64MB',
  min_wal_size: '32MB',
  shared_buffers: '16MB',
  work_mem: '2MB',
  maintenance_work_mem: '16MB',
  max_connections: '5',
  TimeZone: 'UTC',
};

/** How the embedded server is started: PGlite's own parameters, without the one that switches fsync off, and ours. */
export const START_PARAMETERS: string[] = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
];
