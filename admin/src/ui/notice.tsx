import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { nextStepOf } from '../api/problems.js';
import { useIsOwner } from '../api/use-session.js';

interface Props {
  readonly tone?: 'plain' | 'good' | 'warn' | 'bad';
  readonly title?: string;
  readonly children?: ReactNode;
}

/** Something to know. A bad one is read out by screen readers when it appears. */
export function Notice({ tone = 'plain', title, children }: Props) {
  return (
    <div className={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      {title && <strong>{title}</strong>}
      {children && <div>{children}</div>}
    </div>
  );
}

/** Views that offer the next step themselves. */
const HAS_ITS_OWN_WAY = new Set(['/setup']);

/** What went wrong, by its code: the title, what to do next and where, and the server's own words. */
export function ProblemNotice({ code, message }: { readonly code?: string | null; readonly message: string | null }) {
  const step = nextStepOf(code);
  const owner = useIsOwner();
  const [path] = useLocation();
  return (
    <Notice tone="bad" title={step?.title ?? 'That did not work'}>
      {step && (
        <p>
          {step.advice}{' '}
          {step.link && owner && !HAS_ITS_OWN_WAY.has(path) && path !== step.link.to && (
            <Link href={step.link.to}>{step.link.name}</Link>
          )}
        </p>
      )}
      {message && <p className={step ? 'small muted' : ''}>{message}</p>}
    </Notice>
  );
}
