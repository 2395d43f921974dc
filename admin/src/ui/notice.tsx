import type { CombinedError } from '@urql/preact';
import type { ComponentChildren } from 'preact';
import { Link, useLocation } from 'wouter-preact';
import { type ApiError, fixLinkOf, pageMessage, toApiError } from '../api/error.js';
import { useIsOwner } from '../api/use-session.js';
import { Button } from './button.js';

interface Props {
  readonly tone?: 'plain' | 'good' | 'warn' | 'bad';
  readonly title?: string;
  readonly children?: ComponentChildren;
}

/** Screen readers announce a `bad` one when it appears. */
export function Notice({ tone = 'plain', title, children }: Props) {
  return (
    <div className={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      {title && <strong>{title}</strong>}
      {children && <div>{children}</div>}
    </div>
  );
}

/** The server's message, with a link to the view where an owner can fix the error. */
export function ErrorNotice({ code, message, title, children }: ApiError & Pick<Props, 'title' | 'children'>) {
  const link = fixLinkOf(code);
  const owner = useIsOwner();
  const [path] = useLocation();
  return (
    <Notice tone="bad" {...(title && { title })}>
      {pageMessage(code) ?? message}{' '}
      {link && owner && path !== link.to && path !== '/setup' && <Link href={link.to}>{link.label}</Link>}
      {children}
    </Notice>
  );
}

interface RequestErrorProps {
  readonly error: CombinedError | undefined;
  /** Sends the request again. */
  readonly onRetry?: () => void;
}

/** Shows why a request failed; nothing without an error. */
export function RequestError({ error, onRetry }: RequestErrorProps) {
  if (!error) return null;
  return (
    <ErrorNotice {...toApiError(error)}>
      {onRetry && (
        <div className="notice-action">
          <Button onClick={onRetry}>Try again</Button>
        </div>
      )}
    </ErrorNotice>
  );
}
