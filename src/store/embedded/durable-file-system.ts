import { fsyncSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** What is used of Emscripten's file system, which PGlite does not type. */
interface FileSystemModule {
  NODEFS: { stream_ops: { fsync?: (stream: { nfd: number }) => number } };
  FS: { ErrnoError: new (errno: number) => Error };
}

/** `EIO` as Emscripten numbers it. */
const INPUT_OUTPUT_ERROR = 29;

/**
 * PGlite's file system over a real directory, with a real fsync: without it Emscripten answers "done" and the data is only in
 * the page cache. Directories arrive with a valid descriptor too, so renames are made durable as well. A failing fsync
 * becomes `EIO`, which PostgreSQL answers with a panic, as it must.
 */
export class DurableFileSystem extends NodeFS {
  readonly #onFsync: () => void;

  constructor(directory: string, onFsync: () => void) {
    super(directory);
    this.#onFsync = onFsync;
  }

  override async init(database: PGlite, options: Parameters<NodeFS['init']>[1]): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(database, options);
    const installFsync = (module: unknown) => {
      const { NODEFS, FS } = module as FileSystemModule;
      NODEFS.stream_ops.fsync = (stream) => {
        try {
          fsyncSync(stream.nfd);
        } catch {
          throw new FS.ErrnoError(INPUT_OUTPUT_ERROR);
        }
        this.#onFsync();
        return 0;
      };
    };
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), installFsync] } };
  }
}
