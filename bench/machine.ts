import { cpus, loadavg, totalmem } from 'node:os';

/** What a figure was measured on, and how busy it was just then. */
export function describeMachine() {
  const [processor] = cpus();
  return {
    processors: cpus().length,
    model: processor?.model,
    memoryGigabytes: Math.round(totalmem() / 1e9),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadAverage: loadavg().map((value) => Number(value.toFixed(2))),
  };
}
