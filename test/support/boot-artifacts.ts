/** Artifacts of a boot whose default target is reached after so many microseconds, and nothing else is known of it. */
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
