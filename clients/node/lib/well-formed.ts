/** String.prototype.isWellFormed, which Node has from version 20 on and TypeScript's library for it does not know. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
