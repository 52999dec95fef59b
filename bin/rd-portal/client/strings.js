// What the pages say, in each language of the list, in its order. {name} is
// filled in by who says it.

export const languages = ['en', 'de', 'zh'];

export const strings = {
  instance: ['Instance', 'Instanz', '实例'],
  pages: ['Pages', 'Seiten', '页面'],
  apps: ['Applications', 'Apps', '应用'],
  tunnels: ['Tunnels', 'Tunnel', '隧道'],
  services: ['Services', 'Dienste', '服务'],
  logs: ['Logs', 'Protokolle', '日志'],
  tools: ['Tools', 'Werkzeuge', '工具'],
  interface: ['Interface', 'Schnittstelle', '接口'],
  gauges: ['Load', 'Auslastung', '负载'],

  // Log in and out
  login: ['Log in', 'Anmelden', '登录'],
  user: ['Name', 'Name', '用户名'],
  password: ['Password', 'Passwort', '密码'],
  wrong: ['The name or the password is wrong.', 'Name oder Passwort ist falsch.', '用户名或密码不正确。'],
  wait: [
    'Too many tries. Wait a moment.',
    'Zu viele Versuche. Bitte kurz warten.',
    '尝试次数过多，请稍候。',
  ],
  logout: ['Log out', 'Abmelden', '退出登录'],
  logoutOthers: ['Log out everywhere else', 'Überall sonst abmelden', '退出其他所有登录'],

  // Applications
  launch: ['Launch', 'Öffnen', '打开'],
  here: ['You are here', 'Hier sind Sie', '当前页面'],
  unreachable: ['Only by the ways below', 'Nur auf den Wegen unten', '只能通过下列方式'],
  stopped: ['Service stopped', 'Dienst gestoppt', '服务已停止'],
  options: ['Connection options', 'Verbindungsarten', '连接方式'],
  direct: ['Direct', 'Direkt', '直连'],
  port: ['Port {external} → {mapped}', 'Port {external} → {mapped}', '端口 {external} → {mapped}'],
  closed: ['No port leads here from outside.', 'Von außen führt kein Port hierher.', '没有可从外部访问的端口。'],
  ssh: ['By SSH, then {url}', 'Per SSH, dann {url}', '通过 SSH，然后打开 {url}'],
  copy: ['Copy', 'Kopieren', '复制'],
  copied: ['Copied', 'Kopiert', '已复制'],
  noApps: ['There are no applications.', 'Es gibt keine Anwendungen.', '没有应用。'],

  // Tools
  open: ['Open', 'Öffnen', '打开'],

  // Tunnels
  target: ['Where it leads', 'Wohin er führt', '目标地址'],
  openTunnel: ['Open a tunnel', 'Tunnel öffnen', '打开隧道'],
  opening: ['Opening…', 'Wird geöffnet …', '正在打开…'],
  tunnelsHint: [
    'An address elsewhere that leads to a port of this instance. Who comes to a port of an application is asked '
      + 'to log in; who comes to any other is not.',
    'Eine Adresse anderswo, die zu einem Port dieser Instanz führt. Am Port einer Anwendung muss man sich anmelden, '
      + 'an jedem anderen nicht.',
    '通往本实例某个端口的外部地址。访问应用端口需要登录，访问其他端口则不需要。',
  ],
  named: ['Of your account', 'Ihres Kontos', '来自您的账户'],
  tunnel: ['Tunnel', 'Tunnel', '隧道'],
  refresh: ['New address', 'Neue Adresse', '更换地址'],
  close: ['Close', 'Schließen', '关闭'],
  noTunnels: ['No tunnel is open.', 'Kein Tunnel ist offen.', '没有打开的隧道。'],

  // Services
  start: ['Start', 'Starten', '启动'],
  stop: ['Stop', 'Stoppen', '停止'],
  restart: ['Restart', 'Neu starten', '重启'],
  showLog: ['Log', 'Protokoll', '日志'],
  RUNNING: ['Running', 'Läuft', '运行中'],
  STARTING: ['Starting', 'Startet', '启动中'],
  STOPPING: ['Stopping', 'Stoppt', '停止中'],
  STOPPED: ['Stopped', 'Gestoppt', '已停止'],
  BACKOFF: ['Fails to start', 'Startet nicht', '启动失败，重试中'],
  EXITED: ['Ended', 'Beendet', '已退出'],
  FATAL: ['Failed', 'Fehlgeschlagen', '失败'],
  UNKNOWN: ['Unknown', 'Unbekannt', '未知'],
  noServices: ['There are no services.', 'Es gibt keine Dienste.', '没有服务。'],
  trouble: ['This did not work: {why}', 'Das ging nicht: {why}', '操作失败：{why}'],
  silent: ['The server does not answer.', 'Der Server antwortet nicht.', '服务器没有应答。'],

  // Logs
  service: ['Service', 'Dienst', '服务'],
  all: ['All services', 'Alle Dienste', '所有服务'],
  search: ['Search', 'Suchen', '搜索'],
  pause: ['Pause', 'Anhalten', '暂停'],
  resume: ['Resume', 'Fortsetzen', '继续'],
  copyAll: ['Copy', 'Kopieren', '复制'],
  download: ['Download', 'Herunterladen', '下载'],

  // Gauges
  cpu: ['CPU', 'CPU', 'CPU'],
  ram: ['Memory', 'Speicher', '内存'],
  disk: ['Disk', 'Festplatte', '磁盘'],
  volume: ['Volume', 'Datenträger', '数据卷'],
  gpu: ['GPU', 'GPU', 'GPU'],
  gpuMemory: ['GPU memory', 'GPU-Speicher', '显存'],
  of: ['{used} of {total}', '{used} von {total}', '{used} / {total}'],
  cores: ['{count} cores', '{count} Kerne', '{count} 核'],
};
