/** Artifacts of a boot that reaches its default target after `us` microseconds, and that contain nothing else. */
export const reachedAfter = (us: number): Record<string, string> => ({
  'systemd/manager.show': 'UserspaceTimestampMonotonic=1000000\nNFailedUnits=0\n',
  'systemd/units.show': `Id=multi-user.target
Names=multi-user.target default.target
LoadState=loaded
ActiveState=active
InactiveExitTimestampMonotonic=${us}
ActiveEnterTimestampMonotonic=${us}
`,
});
