import { quality } from '../../i18n/quality';
import type { Finding, Verdict } from '../../wire/legs';
import { query } from '../../wire/paid';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import type { Axis, Stretch } from './axis';
import { seconds, writeZoom } from './course';
import { momentText } from './plot';
import { around } from './zoom';

interface VerdictCardProps {
  verdict: Verdict;
  axis: Axis;
  whole: Stretch;
  /** On the page of this leg: its findings are shown there. */
  leg?: string;
  /** It is the reader's, whom nothing names. */
  own?: boolean;
}

/** What was wrong, in a sentence; and each fault with the way to where it shows. */
export function VerdictCard({ verdict, axis, whole, leg, own = false }: VerdictCardProps) {
  const l = quality.value.legs.verdict;
  const tone = verdict.ok ? 'fine' : verdict.findings.length > 0 ? 'faulty' : 'unsure';
  return (
    <section class={`card verdict ${tone}`} aria-labelledby="verdict" data-testid="verdict">
      <h2 id="verdict" class="verdict-title">
        <Icon name={verdict.ok ? 'check' : 'warning'} /> {l.title}
      </h2>
      <p class="verdict-sentence">{verdict.sentence}</p>
      {verdict.findings.length > 0 && (
        <ol class="findings">
          {verdict.findings.map((finding) => (
            <FindingRow
              key={`${finding.leg}/${finding.from}/${finding.cause}`}
              finding={finding}
              axis={axis}
              whole={whole}
              here={finding.leg === leg}
              own={own}
              said={verdict.sentence.startsWith(finding.sentence)}
            />
          ))}
        </ol>
      )}
    </section>
  );
}

interface FindingProps {
  finding: Finding;
  axis: Axis;
  whole: Stretch;
  here: boolean;
  own: boolean;
  /** The verdict has said it. */
  said: boolean;
}

function FindingRow({ finding, axis, whole, here, own, said }: FindingProps) {
  const l = quality.value.legs.verdict;
  const span = around({ from: seconds(finding.from), to: seconds(finding.to) }, whole);
  const from = momentText(seconds(finding.from), 0);
  return (
    <li data-testid="finding" data-cause={finding.cause}>
      <div class="finding-text">
        {!said && <p>{finding.sentence}</p>}
        {finding.advice && <p class={said ? '' : 'row-sub'}>{finding.advice}</p>}
      </div>
      <div class="finding-acts">
        <Button
          size="small"
          label={own ? `${l.show} ${from}` : l.showOf(finding.name, from)}
          onClick={() => {
            axis.span.value = span;
            axis.cursor.value = seconds(finding.from);
          }}
        >
          {l.show}
        </Button>
        {!here && (
          <Link
            to={`/quality/legs/${encodeURIComponent(finding.leg)}${query({ zoom: writeZoom(span) })}`}
            class="button plain small"
            label={l.leg(finding.name)}
          >
            {finding.name}
          </Link>
        )}
      </div>
    </li>
  );
}
