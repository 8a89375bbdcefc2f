/**
 * When the kernel started is known to the microsecond where systemd was asked. In an import where it was not, the best of
 * other texts is used: cloud-init's banners (a tenth of a second), then provision.json (a second).
 */
const EXACT = ['systemd/manager.show', 'systemd/analyze-time.txt'];

export const hasKernelStart = (raw: ReadonlyMap<string, Uint8Array>): boolean => EXACT.some((path) => raw.has(path));
