/** Cases in which the corpus expects values that its text does not contain. `expected` replaces the wrong keys. */
export const EXCEPTIONS: Readonly<Record<string, { readonly reason: string; readonly expected: object }>> = {
  'systemctl-show-03': {
    reason:
      'Somebody asked for two properties only. The start of userspace is among them, and the kernel starts at zero, so the ' +
      'kernel phase is known, as in systemctl-show-05, which has no more than that and where it is expected.',
    expected: { phases_ms: { kernel: 989.279 } },
  },
};
