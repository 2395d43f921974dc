const ARN = /^arn:aws(?:-[a-z]+)*:sqs:([a-z\d-]+):(\d{12}):([\w-]{1,80})$/;

/** Returns the URL of the queue with this ARN; null if it is no ARN of a standard queue. */
export function queueUrlOf(arn: string): string | null {
  const [, region, account, name] = ARN.exec(arn.trim()) ?? [];
  return name === undefined ? null : `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}
