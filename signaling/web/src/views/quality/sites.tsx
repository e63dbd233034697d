import { useSignal } from '@preact/signals';
import { quality } from '../../i18n/quality';
import { toast } from '../../store/toasts';
import { legsApi, type Subnet, type SubnetPreview, type Subnets } from '../../wire/legs';
import { countryName, moment } from '../paid/words';
import { Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { type Column, Table } from '../parts/table';
import { dimensionValue } from './names';
import { CSVLink, pageFor, QualityHead } from './parts';
import { count } from './words';

const EXAMPLE = `prefix,site,access,city,country
10.20.0.0/16,Shanghai,wired,Shanghai,CN
10.21.0.0/16,Shanghai,wifi,Shanghai,CN
2001:db8:30::/48,Berlin,vpn,Berlin,DE`;

/** No list of networks is larger, bytes. */
const MOST = 1 << 20;

/** Which networks belong to which office. */
export default function Sites() {
  const l = quality.value.legs.sites;
  const { loaded, again } = useLoad(() => legsApi.subnets(), []);
  const now = loaded.value;
  return (
    <>
      <QualityHead title={l.title} lead={l.lead}>
        <CSVLink table="subnets" what={l.title} />
      </QualityHead>
      <Upload done={again} />
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && <Standing found={now.value} />}
    </>
  );
}

function Standing({ found }: { found: Subnets }) {
  const l = quality.value.legs.sites;
  if (found.subnets.length === 0) {
    return (
      <div class="card">
        <Empty icon="rooms" title={l.empty} text={l.emptyText} />
      </div>
    );
  }
  return (
    <>
      <Table
        card
        id="subnets"
        label={l.title}
        columns={columnsOf(true)}
        rows={found.subnets}
        keyOf={(one) => one.prefix}
      />
      {found.changedAt && found.changedBy && (
        <p class="field-hint">{l.changed(moment(found.changedAt), found.changedBy.name)}</p>
      )}
    </>
  );
}

function columnsOf(linked: boolean): Column<Subnet>[] {
  const l = quality.value.legs.sites;
  return [
    { head: l.prefix, cell: (one) => <span class="mono">{one.prefix}</span> },
    {
      head: l.site,
      cell: (one) =>
        linked ? (
          <Link to={pageFor('search', { site: one.site })} label={l.calls(one.site)}>
            {one.site}
          </Link>
        ) : (
          one.site
        ),
    },
    { head: l.access, cell: (one) => one.access && dimensionValue('access', one.access) },
    { head: l.city, cell: (one) => one.city },
    { head: l.country, cell: (one) => countryName(one.country) },
  ];
}

interface Chosen {
  csv: string;
  preview: SubnetPreview;
}

function Upload({ done }: { done(): void }) {
  const l = quality.value.legs.sites;
  const busy = useSignal(false);
  const error = useSignal('');
  const chosen = useSignal<Chosen | undefined>(undefined);
  async function perform(act: () => Promise<void>) {
    busy.value = true;
    error.value = '';
    try {
      await act();
    } catch (thrown) {
      error.value = explain(thrown);
    } finally {
      busy.value = false;
    }
  }
  const read = (file: File) =>
    perform(async () => {
      chosen.value = undefined;
      if (file.size > MOST) {
        error.value = l.tooLarge;
        return;
      }
      const csv = await file.text();
      chosen.value = { csv, preview: await legsApi.previewSubnets(csv) };
    });
  const apply = ({ csv }: Chosen) =>
    perform(async () => {
      await legsApi.setSubnets(csv);
      chosen.value = undefined;
      toast(l.applied, 'good');
      done();
    });
  return (
    <section class="card" aria-labelledby="upload">
      <h2 id="upload">{l.upload}</h2>
      <p>{l.uploadHint}</p>
      <label class="file">
        {busy.value ? <span class="spinner" aria-hidden="true" /> : <Icon name="upload" />}
        <span>{busy.value ? l.reading : l.choose}</span>
        <input
          type="file"
          accept=".csv,text/csv"
          data-testid="subnet-file"
          disabled={busy.value}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            // The same file, mended, may be chosen again.
            event.currentTarget.value = '';
            if (file) void read(file);
          }}
        />
      </label>
      <p class="form-error" role="alert">
        {error.value}
      </p>
      {chosen.value ? (
        <Preview preview={chosen.value.preview} apply={() => chosen.value && void apply(chosen.value)} />
      ) : (
        <details class="example">
          <summary>{l.example}</summary>
          <pre class="mono">{EXAMPLE}</pre>
        </details>
      )}
    </section>
  );
}

/** What a file would do, or what is wrong with it. */
function Preview({ preview, apply }: { preview: SubnetPreview; apply(): void }) {
  const l = quality.value.legs.sites;
  const { errors, subnets, ignored } = preview;
  const columns: Column<SubnetPreview['errors'][number]>[] = [
    { head: l.line, cell: (one) => (one.line > 0 ? count(one.line) : l.wholeFile) },
    { head: l.field, cell: (one) => one.field && <span class="mono">{one.field}</span> },
    { head: l.fault, cell: (one) => one.message, wide: true },
  ];
  return (
    <div class="faults" data-testid="subnet-preview">
      {ignored.length > 0 && <p class="field-hint">{l.ignored(ignored.join(quality.value.comma))}</p>}
      {errors.length > 0 ? (
        <div role="alert">
          <p class="form-error">{l.errors(count(errors.length))}</p>
          <Table
            label={l.fault}
            columns={columns}
            rows={errors}
            keyOf={(one) => `${one.line}/${one.field}`}
          />
        </div>
      ) : (
        <>
          <h3>{l.preview}</h3>
          <p>{l.count(count(preview.count), count(preview.added), count(preview.removed))}</p>
          {subnets.length < preview.count && <p class="field-hint">{l.first(count(subnets.length))}</p>}
          <Table label={l.preview} columns={columnsOf(false)} rows={subnets} keyOf={(one) => one.prefix} />
          <div class="form-foot">
            <Button tone="primary" onClick={apply} id="subnet-apply">
              {l.apply}
            </Button>
          </div>
        </>
      )}
    </div>
  );
}
