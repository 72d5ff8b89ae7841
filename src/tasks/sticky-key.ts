/** Key of the one comment on a subject that says how its task stands. */
export const STICKY_KEY = 'task';
