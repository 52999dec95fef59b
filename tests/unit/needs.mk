events.libs := events link base
