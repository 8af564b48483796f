"""The telephone: one interface, one company behind it, and what is said.

Another company is another class with the five methods of `provider.Provider`; the recipe is
docs/recipes/add-a-carrier.md.
"""

from dispatch.telephony.provider import (
    BAD_NUMBER,
    NotFound,
    NotPlaced,
    Placed,
    Provider,
    ProviderCall,
    Uncertain,
    configured,
    hear,
    line,
    respond,
    use,
)
from dispatch.telephony.turns import Ask, Connect, Heard, Tell, Turn, Voice

__all__ = [
    "BAD_NUMBER",
    "Ask",
    "Connect",
    "Heard",
    "NotFound",
    "NotPlaced",
    "Placed",
    "Provider",
    "ProviderCall",
    "Tell",
    "Turn",
    "Uncertain",
    "Voice",
    "configured",
    "hear",
    "line",
    "respond",
    "use",
]
