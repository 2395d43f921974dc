/** Clients choose what they ask for, and a session keeps what it has prepared until it ends. */
const MOST_PREPARED = 100;

/** Names the statements that are to be prepared, the same text always alike; undefined once there are 100. */
export function statementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= MOST_PREPARED) return known;
    const name = `ordermirror_${names.size}`;
    names.set(text, name);
    return name;
  };
}
