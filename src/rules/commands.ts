/**
 * The commands in a comment: lines that begin with a slash. Quoted lines (`>`), fenced code (``` or ~~~), indented code and
 * inline code are talk about commands, not commands. Inner white space is folded and the case of the command word is ignored.
 */
export function toCommands(body: string): string[] {
  const commands: string[] = [];
  let fence: string | undefined;
  for (const line of body.split(/\r\n|\n|\r/)) {
    const marker = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (marker !== undefined && marker[0] === fence[0] && marker.length >= fence.length && line.trim() === marker)
        fence = undefined;
    } else if (marker !== undefined) {
      fence = marker;
    } else {
      const command = /^ {0,3}(\/[A-Za-z][\w-]*)((?:[ \t]+\S+)*)[ \t]*$/.exec(line);
      if (command !== null) commands.push(toCanonical(command[1] ?? '', command[2] ?? ''));
    }
  }
  return commands;
}

function toCanonical(word: string, rest: string): string {
  return [word.toLowerCase(), ...rest.split(/[ \t]+/).filter((part) => part !== '')].join(' ');
}
