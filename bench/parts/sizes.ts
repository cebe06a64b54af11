export const sizeName = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${bytes / 2 ** 30} GiB` : `${Math.round((bytes / 2 ** 20) * 100) / 100} MiB`;
