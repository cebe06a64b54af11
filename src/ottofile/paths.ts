/** Expands a leading `~`; other users' homes (`~name`) are left alone. */
export function expandHome(path: string, userHome: string): string {
  return path === '~' || path.startsWith('~/') ? userHome + path.slice(1) : path;
}
