import Divider from '@mui/material/Divider';
import ListItemIcon from '@mui/material/ListItemIcon';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useNavigate } from '@tanstack/react-router';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { Icon, type IconName } from '../../ui/Icon';
import { MoreIcon, type MoreIconName } from '../../ui/MoreIcon';
import { useNotices } from '../../ui/notices';
import { beginEdit, goOn, mark, placeOf, regenerate, remove } from './actions';
import type { ChatMessage } from './thread';
import { branch } from './tree';

interface Props {
  conversationId: string;
  message: ChatMessage;
  last: boolean;
  anchor: HTMLElement;
  onClose: () => void;
  onWhy: () => void;
}

/** Everything that can be done with one message. */
export default function MessageMenu({ conversationId, message, last, anchor, onClose, onWhy }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const show = useNotices((state) => state.show);
  const answer = message.role === 'assistant';
  const versions = placeOf(message).count;
  const running = message.state === 'running';

  const fork = async () => {
    try {
      const id = await branch(conversationId, message.id);
      await navigate({ to: '/chat/$conversationId', params: { conversationId: id } });
      show(t('tree.branched'), {
        label: t('tree.back'),
        run: () => void navigate({ to: '/chat/$conversationId', params: { conversationId } }),
      });
    } catch (error) {
      show(explain(error, t));
    }
  };
  const item = (icon: MoreIconName | { plain: IconName }, text: string, work: () => void, disabled = false) => (
    <MenuItem
      disabled={disabled}
      onClick={() => {
        onClose();
        work();
      }}
    >
      <ListItemIcon>{typeof icon === 'string' ? <MoreIcon name={icon} size={20} /> : <Icon name={icon.plain} size={20} />}</ListItemIcon>
      <ListItemText>{text}</ListItemText>
    </MenuItem>
  );
  return (
    <Menu
      open
      anchorEl={anchor}
      container={() => document.getElementById('content') ?? document.body}
      onClose={onClose}
      slotProps={{ list: { 'aria-label': t('tree.menu'), dense: true } }}
    >
      {item(
        'edit',
        t('card.edit'),
        () => {
          beginEdit(message.id, message.text);
        },
        running,
      )}
      {answer &&
        last &&
        message.parent &&
        item({ plain: 'retry' }, t('tree.another'), () => {
          regenerate(conversationId, message.id);
        })}
      {answer &&
        last &&
        message.parent &&
        item({ plain: 'play' }, t('tree.goOn'), () => {
          goOn(conversationId, message);
        })}
      {item('branch', t('tree.branch'), () => void fork(), running)}
      {item('pin', message.pinned ? t('tree.unpin') : t('tree.pin'), () => {
        mark(conversationId, message, { pinned: !message.pinned });
      })}
      {item(message.hidden ? { plain: 'eye' } : 'hide', message.hidden ? t('tree.unhide') : t('tree.hide'), () => {
        mark(conversationId, message, { hidden: !message.hidden });
      })}
      {answer && message.turn_id && item('why', t('why.title'), onWhy)}
      <Divider component="li" role="separator" />
      {versions > 1 && item({ plain: 'trash' }, t('tree.removeVersion'), () => void remove(conversationId, message.id, false), running)}
      {item({ plain: 'trash' }, t('tree.remove'), () => void remove(conversationId, message.id, true), running)}
    </Menu>
  );
}
