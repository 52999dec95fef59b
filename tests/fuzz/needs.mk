http_fields.libs := http base
http_whep.libs := http base
frames.libs := frames link base
