"""Line icons, 24 x 24, drawn with a 1.8 stroke in the colour of the text beside them.

Drawn inline, because the design kit's own style sheet fetches its icons from a foreign host.
"""

SHAPES: dict[str, str] = {
    # people and places
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5"/>',
    "people": '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 19.5c.8-3.5 3.2-5 6.5-5s5.7 1.5 '
    '6.5 5M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.9c2 .7 3.2 2.3 3.6 4.6"/>',
    "camera": '<path d="M4 8h3.5L9 5.5h6L16.5 8H20v11H4z"/><circle cx="12" cy="13" r="3.5"/>',
    "home": '<path d="M4 11.5 12 4l8 7.5M6 10v10h12V10M10 20v-5.5h4V20"/>',
    "door": '<path d="M6 21V3h12v18M4 21h16M14 12v1"/>',
    "pin": '<path d="M12 21s7-6.5 7-11.5a7 7 0 0 0-14 0C5 14.5 12 21 12 21Z"/>'
    '<circle cx="12" cy="9.5" r="2.5"/>',
    "dog": '<path d="M4 8l3-3 2 2h6l2-2 3 3-2 3v5a4 4 0 0 1-4 4h-4a4 4 0 0 1-4-4v-5L4 8Z"/>'
    '<path d="M10 12v.1M14 12v.1M11 16h2"/>',
    "pill": '<path d="M10 20a5 5 0 0 1-7-7L13 3a5 5 0 0 1 7 7zM8 8l7 7"/>',
    "key": '<circle cx="8" cy="15.5" r="4.5"/><path d="m11.5 12.5 8-8M16 8l3 3M13.5 10.5l2 2"/>',
    # feeds
    "power": '<path d="M13 3 5 13.5h6L10 21l8-10.5h-6L13 3Z"/>',
    "telecom": '<path d="M5 20v-4M10 20v-8M15 20V8M20 20V4"/>',
    "app": '<rect x="7" y="3" width="10" height="18" rx="2"/><path d="M11 18h2"/>',
    # what is done
    "phone": '<path d="M6 3h3l1.5 5-2 1.5a12 12 0 0 0 6 6l1.5-2 5 1.5v3a2 2 0 0 1-2.2 2A17 17 0 0 '
    '1 4 5.2 2 2 0 0 1 6 3Z"/>',
    "message": '<path d="M4 5h16v11H10l-5 4v-4H4Z"/>',
    "car": '<path d="M4 16v-4l2-5.5h12L20 12v4M3 16h18v2.5H3zM6 12h12"/>',
    "siren": '<path d="M6 18v-5a6 6 0 0 1 12 0v5M4 18h16v3H4zM12 3v1.5M4 6l1.2 1M20 6l-1.2 1"/>',
    "bag": '<rect x="4" y="8" width="16" height="12" rx="2"/><path d="M9 8V4.5h6V8"/>',
    "swap": '<path d="M4 9h15l-4-4M20 15H5l4 4"/>',
    "eye": '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z"/>'
    '<circle cx="12" cy="12" r="3"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
    "print": '<path d="M7 8V3h10v5M5 8h14v8h-3v5H8v-5H5zM8 14h8"/>',
    "save": '<path d="M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6"/>',
    "download": '<path d="M12 4v11M7 10.5l5 5 5-5M5 20h14"/>',
    "upload": '<path d="M12 16V5M7 9.5l5-5 5 5M5 20h14"/>',
    "pencil": '<path d="M5 19l1-4.5L16 4.5l3.5 3.5L9.5 18ZM14 6.5l3.5 3.5"/>',
    "refresh": '<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 3.5v4h-4"/>',
    "filter": '<path d="M4 5h16l-6.5 8v6l-3-1.5V13Z"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "check": '<path d="m4.5 12.5 5 5 10-11"/>',
    "close": '<path d="M5 5l14 14M19 5 5 19"/>',
    # states
    "warning": '<path d="M12 4 2.8 20h18.4L12 4Z"/><path d="M12 10v4.5M12 17.3v.1"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.5v.1"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>',
    "online": '<path d="M2 9c6-5 14-5 20 0M5 12.5c4-3.5 10-3.5 14 0M8.5 16c2-2 5-2 7 0M12 '
    '19.5v.1"/>',
    "offline": '<path d="M3 3l18 18M8.5 8.8A9 9 0 0 0 5 11M2 8.5A14 14 0 0 1 6 6M12 5.5c4 0 7.4 '
    '1.3 10 3.5M19 12a10 10 0 0 0-3-2M8.5 15.5a5 5 0 0 1 5-.8M12 19.5v.1"/>',
    "sound": '<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 '
    '11"/>',
    "mute": '<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM16 9.5l5 5M21 9.5l-5 5"/>',
    "moon": '<path d="M19 14.5A8 8 0 1 1 9.5 5a6.5 6.5 0 0 0 9.5 9.5Z"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 '
    '5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4"/>',
    "lock": '<rect x="5" y="10.5" width="14" height="10" rx="2"/>'
    '<path d="M8 10.5V8a4 4 0 0 1 8 0v2.5M12 14.5v2.5"/>',
    "shield": '<path d="M12 3 5 6v5.5c0 4.5 3 8 7 9.5 4-1.5 7-5 7-9.5V6Z"/>',
    # places of the portal
    "today": '<rect x="4" y="5.5" width="16" height="14.5" rx="2"/>'
    '<path d="M4 10h16M8.5 3v4M15.5 3v4M12 13.5v3l2 1"/>',
    "calendar": '<rect x="4" y="5.5" width="16" height="14.5" rx="2"/>'
    '<path d="M4 10h16M8.5 3v4M15.5 3v4"/>',
    "desk": '<rect x="3" y="4.5" width="18" height="12" rx="2"/><path d="M8.5 20h7M12 16.5V20"/>',
    "list": '<path d="M9 6h11M9 12h11M9 18h11M4.5 6v.1M4.5 12v.1M4.5 18v.1"/>',
    "target": '<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="4"/>'
    '<path d="M12 12v.1"/>',
    "chart": '<path d="M4 20h16M7 20v-6M12 20V8M17 20V4.5"/>',
    "document": '<path d="M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6"/>',
    "gear": '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/>'
    '<circle cx="9" cy="17" r="2"/>',
    "inbox": '<path d="M4 13.5 6.5 5h11l2.5 8.5V19H4ZM4 13.5h4.5l1.5 2.5h4l1.5-2.5H20"/>',
    "bell": '<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15ZM10 20.5h4"/>',
    "signout": '<path d="M14 4H5v16h9M10 12h10.5M17 8l4 4-4 4"/>',
    "menu": '<path d="M4 6.5h16M4 12h16M4 17.5h16"/>',
    "up": '<path d="m5 15 7-7 7 7"/>',
    "down": '<path d="m5 9 7 7 7-7"/>',
    "left": '<path d="m15 5-7 7 7 7"/>',
    "right": '<path d="m9 5 7 7-7 7"/>',
}

# The four lights, 20 x 20: a filled square with !, a triangle with !, a dashed diamond, a
# circle. The shapes mean lights and nothing else; they are never decoration.
LIGHT_SHAPES: dict[str, str] = {
    "red": '<rect class="lt-red" x="1.5" y="1.5" width="17" height="17" rx="2"/>'
    '<path class="lt-bang" d="M8.8 4.5h2.4v7H8.8zM8.8 13.3h2.4v2.4H8.8z"/>',
    "yellow": '<path class="lt-yellow" d="M10 1.5 19.2 18H.8Z"/>'
    '<path class="lt-bang--y" d="M9 7.5h2v5H9zM9 14h2v2H9z"/>',
    "grey": '<path class="lt-grey" d="M10 1.8 18.2 10 10 18.2 1.8 10Z"/>',
    "green": '<circle class="lt-green" cx="10" cy="10" r="8"/>',
}
