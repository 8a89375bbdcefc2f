/**
 * Asks the manager itself about units, property by property, and prints what `systemctl show` would: same keys, same form.
 *
 * `systemctl show` gets all properties of a unit or none, and some cost the manager much (UnitFileState looks for the unit's
 * files, IPIngressBytes reads a map of the kernel): 7 ms a unit on an emulated processor and 15 ms the first time, where one
 * property alone costs .3 ms. That leaves time for all units that ran, oneshots that are over among them, with exact stamps.
 *
 * It speaks D-Bus on the manager's own socket, as systemctl does when root. Perl, since that is in every image of Debian and
 * Ubuntu (perl-base is essential) and opens a socket without more packages; where there is none, or anything goes wrong, nothing
 * is printed and `systemctl show` does it. Wire format: the D-Bus specification, "Message Protocol"; interfaces:
 * org.freedesktop.systemd1(5). No single quote is in the text: it is one word of the shell.
 */
import { shellWord } from './shell-word.ts';
import program from './systemd-bus.pl';

/** A command that prints blocks of units: those of the kinds that others wait for if they ran, and `named` in any case. */
export const askManager = (named: readonly string[]): string =>
  `perl -e '\n${program}' ${named.map(shellWord).join(' ')} 2>/dev/null`;
