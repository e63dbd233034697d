import { Avatar } from '../parts/bits';
import { Icon } from '../parts/icons';

/** Initials; a telephone for somebody who is known by number alone. */
export function Face({ name }: { name: string }) {
  if (/\p{L}/u.test(name)) return <Avatar name={name} size="small" />;
  return (
    <span class="avatar small nameless" aria-hidden="true">
      <Icon name="phone" size={16} />
    </span>
  );
}
