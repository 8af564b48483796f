"""The telephone: one interface, one company behind it, and what is said.

Another company is another class with the five methods of `provider.Provider`.
"""

from dispatch.telephony.provider import (
    NotFound,
    NotPlaced,
    Placed,
    Provider,
    ProviderCall,
    Uncertain,
    line,
    use,
)

__all__ = [
    "NotFound",
    "NotPlaced",
    "Placed",
    "Provider",
    "ProviderCall",
    "Uncertain",
    "line",
    "use",
]
