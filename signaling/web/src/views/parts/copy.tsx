import { useSignal } from '@preact/signals';
import { messages } from '../../i18n';
import { announce, toast } from '../../store/toasts';
import { Button } from './button';

/** Copies; where the page has no clipboard (plain http) by an old way. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.setAttribute('aria-hidden', 'true');
    area.className = 'offscreen';
    document.body.append(area);
    area.select();
    const done = document.execCommand?.('copy') ?? false;
    area.remove();
    return done;
  }
}

interface CopyProps {
  text: string;
  /** What is copied, for the accessible name. */
  what: string;
  /** A visible label; without it only the icon is shown. */
  children?: string;
  tone?: 'plain' | 'quiet' | 'primary';
}

export function CopyButton({ text, what, children, tone = 'quiet' }: CopyProps) {
  const t = messages.value;
  const done = useSignal(false);
  async function copy() {
    if (!(await copyText(text))) {
      toast(t.problem.clipboard, 'warn');
      return;
    }
    done.value = true;
    announce(t.common.copied);
    setTimeout(() => {
      done.value = false;
    }, 1600);
  }
  const icon = done.value ? 'check' : 'copy';
  if (children) {
    return (
      <Button tone={tone} icon={icon} onClick={() => void copy()}>
        {done.value ? t.common.copied : children}
      </Button>
    );
  }
  return (
    <Button tone={tone} icon={icon} iconOnly onClick={() => void copy()}>
      {t.common.copyWhat(what)}
    </Button>
  );
}
