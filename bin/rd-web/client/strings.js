// What the page says, in each language of the list, in its order. {name} is
// filled in by who says it.

export const languages = { en: 'English', de: 'Deutsch', zh: '中文' };

export const strings = {
  // The veil
  connecting: ['Connecting', 'Verbindung wird aufgebaut', '正在连接'],
  stillConnecting: ['Still connecting', 'Verbindung wird noch aufgebaut', '仍在连接'],
  reconnecting: ['Reconnecting', 'Verbindung wird wiederhergestellt', '正在重新连接'],
  tryingAgain: ['Trying again', 'Neuer Versuch', '正在重试'],
  notConnected: ['Not connected', 'Nicht verbunden', '未连接'],
  tryAgain: ['Try again', 'Erneut versuchen', '重试'],
  reaching: ['Reaching the server', 'Der Server wird gesucht', '正在联系服务器'],
  answering: ['The session is answering', 'Die Sitzung antwortet', '会话正在应答'],
  findingPath: ['Looking for the shortest way', 'Der kürzeste Weg wird gesucht', '正在寻找最短路径'],
  awaitingPicture: ['Waiting for the first picture', 'Warten auf das erste Bild', '正在等待首个画面'],
  slowPath: [
    'The server answers, but no way to the session opened yet.',
    'Der Server antwortet, aber noch öffnete sich kein Weg zur Sitzung.',
    '服务器有应答，但尚未打通到会话的路径。',
  ],
  noWay: [
    'The server answers, but no way to the session opened.',
    'Der Server antwortet, aber es öffnete sich kein Weg zur Sitzung.',
    '服务器有应答，但没有打通到会话的路径。',
  ],
  noPicture: [
    'A way to the session opened, but no picture came. On the server, rd-desktop status says what is wrong.',
    'Ein Weg zur Sitzung öffnete sich, aber es kam kein Bild. Auf dem Server sagt rd-desktop status, woran es liegt.',
    '已打通到会话的路径，但没有收到画面。在服务器上运行 rd-desktop status 可查明原因。',
  ],
  linkUsed: [
    'This link was used already or has expired. On the server, rd-desktop url prints a new one.',
    'Dieser Link wurde schon benutzt oder ist abgelaufen. Auf dem Server gibt rd-desktop url einen neuen aus.',
    '此链接已被使用或已过期。在服务器上运行 rd-desktop url 可得到新链接。',
  ],
  sessionSilent: [
    'The server answers, but not for the session. On the server, rd-desktop status says what is wrong.',
    'Der Server antwortet, aber nicht für die Sitzung. Auf dem Server sagt rd-desktop status, woran es liegt.',
    '服务器有应答，但会话没有。在服务器上运行 rd-desktop status 可查明原因。',
  ],
  serverSilent: [
    'The server does not answer. Is the session still running? On the server, rd-desktop status tells.',
    'Der Server antwortet nicht. Läuft die Sitzung noch? Auf dem Server sagt es rd-desktop status.',
    '服务器没有应答。会话还在运行吗？在服务器上运行 rd-desktop status 可查看。',
  ],
  offline: ['This computer is offline.', 'Dieser Computer ist offline.', '此电脑处于离线状态。'],
  noCodec: [
    'This browser does not decode what the session sends, H.264. Chrome, Edge and Safari do, and Firefox with its OpenH264 plugin.',
    'Dieser Browser kann H.264, das die Sitzung sendet, nicht dekodieren. Chrome, Edge und Safari können es, und Firefox mit dem Plugin OpenH264.',
    '此浏览器无法解码会话发送的 H.264。Chrome、Edge 和 Safari 可以，安装了 OpenH264 插件的 Firefox 也可以。',
  ],
  badAnswer: [
    'The answer of the server is no good: {error}',
    'Die Antwort des Servers ist unbrauchbar: {error}',
    '服务器的应答无效：{error}',
  ],
  noOffer: [
    'This browser could not make an offer: {error}',
    'Dieser Browser konnte kein Angebot machen: {error}',
    '此浏览器无法发起连接：{error}',
  ],
  sessionClosed: [
    'The session ended the connection.',
    'Die Sitzung hat die Verbindung beendet.',
    '会话结束了连接。',
  ],
  pathBroke: [
    'The network path to the session broke.',
    'Der Weg zur Sitzung ist unterbrochen.',
    '到会话的网络路径中断了。',
  ],
  pictureChanging: ['The picture is changing.', 'Das Bild wird gewechselt.', '正在切换画面。'],

  // Ways to the session, what became of each, and what to do about it
  'way.udp': ['UDP', 'UDP', 'UDP'],
  'way.tcp': ['TCP', 'TCP', 'TCP'],
  'way.turn': ['TURN', 'TURN', 'TURN'],
  'way.websocket': ['WebSocket', 'WebSocket', 'WebSocket'],
  'outcome.trying': ['no answer yet', 'noch keine Antwort', '尚无应答'],
  'outcome.works': ['works', 'geht', '可用'],
  'outcome.failed': ['failed', 'gescheitert', '失败'],
  'outcome.absent': ['not tried', 'nicht versucht', '未尝试'],
  'advice.udp': [
    'A firewall drops it: let UDP through between here and the server.',
    'Eine Firewall verwirft es: UDP zwischen hier und dem Server durchlassen.',
    '被防火墙丢弃：请在此处与服务器之间放行 UDP。',
  ],
  'advice.tcp': [
    'A firewall or NAT stands before the session\'s ports: open them, or use a TURN server.',
    'Eine Firewall oder NAT steht vor den Ports der Sitzung: öffnen, oder einen TURN-Server benutzen.',
    '会话端口前有防火墙或 NAT：请开放端口，或使用 TURN 服务器。',
  ],
  'advice.turn': [
    'Check that the TURN server runs, its port is open and its password is right.',
    'Prüfen, ob der TURN-Server läuft, sein Port offen ist und sein Passwort stimmt.',
    '请检查 TURN 服务器是否运行、端口是否开放、密码是否正确。',
  ],
  'advice.websocket': [
    'A proxy may be in its way: have it pass upgrades below /ws/, or go around it with ssh -L.',
    'Ein Proxy mag im Weg sein: er muss Upgrades unter /ws/ durchlassen; oder mit ssh -L daran vorbei.',
    '可能被代理阻挡：请让代理放行 /ws/ 下的升级请求，或用 ssh -L 绕过。',
  ],

  // The bar
  keysLabel: [
    'Remote desktop. Keys go to the session; Control, Alt and Shift together open the bar.',
    'Entfernter Desktop. Tasten gehen an die Sitzung; Strg, Alt und Umschalt zusammen öffnen die Leiste.',
    '远程桌面。按键会发送到会话；同时按 Ctrl、Alt 和 Shift 打开工具栏。',
  ],
  session: ['Session', 'Sitzung', '会话'],
  showBar: ['Show the bar', 'Leiste zeigen', '显示工具栏'],
  sound: ['Sound', 'Ton', '声音'],
  volume: ['Volume', 'Lautstärke', '音量'],
  clipboard: ['Clipboard', 'Zwischenablage', '剪贴板'],
  onScreenKeyboard: ['On-screen keyboard', 'Bildschirmtastatur', '屏幕键盘'],
  statistics: ['Statistics', 'Statistik', '统计'],
  fullScreen: ['Full screen', 'Vollbild', '全屏'],
  viewOnly: ['View only', 'Nur ansehen', '仅观看'],
  clickForSound: ['Click for sound', 'Für Ton klicken', '点击以播放声音'],
  holdEscape: [
    'Hold Escape to leave full screen.',
    'Escape gedrückt halten beendet das Vollbild.',
    '按住 Esc 退出全屏。',
  ],
  noFullScreen: [
    'Full screen is not possible: {error}',
    'Vollbild ist nicht möglich: {error}',
    '无法全屏：{error}',
  ],

  lockPointer: ['Lock the pointer, for games and 3D', 'Zeiger fangen, für Spiele und 3D', '锁定鼠标指针（用于游戏和 3D）'],
  escapeFrees: [
    'Escape gives the pointer back.',
    'Escape gibt den Zeiger wieder frei.',
    '按 Esc 释放鼠标指针。',
  ],
  noLock: [
    'The pointer cannot be locked: {error}',
    'Der Zeiger lässt sich nicht fangen: {error}',
    '无法锁定鼠标指针：{error}',
  ],

  // Settings: NAME, NAME.VALUE, and .help to either
  settings: ['Settings', 'Einstellungen', '设置'],
  expertSettings: ['Expert settings', 'Für Fachleute', '高级设置'],
  close: ['Close', 'Schließen', '关闭'],
  mode: ['Picture', 'Bild', '画面'],
  'mode.auto': ['Auto', 'Automatisch', '自动'],
  'mode.auto.help': ['Chosen by what is on the screen.', 'Je nachdem, was zu sehen ist.', '根据屏幕内容选择。'],
  'mode.sharp': ['Sharp text', 'Scharfer Text', '文字清晰'],
  'mode.sharp.help': [
    'Every letter crisp; motion may stutter on a slow link.',
    'Jeder Buchstabe klar; Bewegung kann bei langsamer Verbindung stocken.',
    '每个字都清晰；连接慢时动作可能卡顿。',
  ],
  'mode.smooth': ['Smooth motion', 'Flüssige Bewegung', '动作流畅'],
  'mode.smooth.help': [
    'For video and games; text may blur for a moment.',
    'Für Filme und Spiele; Text kann kurz unscharf sein.',
    '适合视频和游戏；文字可能短暂模糊。',
  ],
  touch: ['Touch', 'Berührung', '触摸'],
  'touch.direct': ['Direct', 'Direkt', '直接'],
  'touch.direct.help': [
    'A finger clicks where it touches.',
    'Ein Finger klickt, wo er berührt.',
    '手指触摸的位置即为点击位置。',
  ],
  'touch.trackpad': ['Touchpad', 'Touchpad', '触控板'],
  'touch.trackpad.help': [
    'A finger moves the pointer, a tap clicks where it is.',
    'Ein Finger bewegt den Zeiger, ein Tippen klickt, wo er steht.',
    '手指移动指针，轻触在指针处点击。',
  ],
  theme: ['Appearance', 'Erscheinung', '外观'],
  'theme.auto': ['As the system', 'Wie das System', '跟随系统'],
  'theme.light': ['Light', 'Hell', '浅色'],
  'theme.dark': ['Dark', 'Dunkel', '深色'],
  lang: ['Language', 'Sprache', '语言'],
  'lang.auto': ['As the browser', 'Wie der Browser', '跟随浏览器'],
  half: ['Half size', 'Halbe Größe', '一半大小'],
  'half.help': [
    'A quarter of the pixels, for slow links and slow computers.',
    'Ein Viertel der Bildpunkte, für langsame Verbindungen und Computer.',
    '像素数为四分之一，适合慢速连接和电脑。',
  ],

  // The clipboard
  clipboardText: ['Text on the clipboard', 'Text in der Zwischenablage', '剪贴板中的文字'],
  clipboardHelp: [
    'What is copied in the session appears here. Text put here goes to the session.',
    'Was in der Sitzung kopiert wird, erscheint hier. Text von hier geht an die Sitzung.',
    '在会话中复制的内容显示在这里。放在这里的文字会发送到会话。',
  ],
  clipboardImage: ['Picture on the clipboard', 'Bild in der Zwischenablage', '剪贴板中的图片'],
  clipboardNotIn: [
    'This session takes no clipboard from here.',
    'Diese Sitzung nimmt von hier keine Zwischenablage an.',
    '此会话不接受来自此处的剪贴板内容。',
  ],
  copyHere: ['Copy to this computer', 'Auf diesen Computer kopieren', '复制到此电脑'],
  sendThere: ['Send to the session', 'An die Sitzung senden', '发送到会话'],
  clipboardTooLong: [
    'Too long for the session\'s clipboard: {size} of at most {most}.',
    'Zu lang für die Zwischenablage der Sitzung: {size} von höchstens {most}.',
    '超出会话剪贴板的长度：{size}，最多 {most}。',
  ],

  // Statistics
  relayed: ['relayed {path}', '{path} mit Relais', '经中继 {path}'],
  'stats.total': [
    '≈ {ms} ms from display to window',
    '≈ {ms} ms vom Bildschirm zum Fenster',
    '从显示器到窗口 ≈ {ms} 毫秒',
  ],
  'stats.estimates': [
    '≈ estimated: network is half the round trip, display what the browser expects. All else is measured.',
    '≈ geschätzt: Netz ist der halbe Hin- und Rückweg, Anzeige ist, was der Browser erwartet. Alles andere ist gemessen.',
    '≈ 为估计值：网络取往返时间的一半，显示取浏览器的预期。其余均为实测。',
  ],
  'stats.frames': ['frames', 'Bilder', '帧'],
  'stats.video': ['video', 'Video', '视频'],
  'stats.sound': ['sound', 'Ton', '声音'],
  'stats.soundBuffer': ['sound buffer', 'Tonpuffer', '声音缓冲'],
  'stats.lost': ['lost', 'verloren', '丢失'],
  'stats.resent': ['sent again', 'nochmals gesendet', '重发'],
  'stats.roundTrip': ['round trip', 'Hin und zurück', '往返'],
  'stage.encode': ['capture and encode', 'Aufnehmen und Kodieren', '采集与编码'],
  'stage.pace': ['pace', 'Verteilen', '发送节奏'],
  'stage.network': ['network', 'Netz', '网络'],
  'stage.buffer': ['buffer', 'Puffer', '缓冲'],
  'stage.decode': ['decode', 'Dekodieren', '解码'],
  'stage.render': ['display', 'Anzeige', '显示'],
};
