"""How does a spreadsheet from outside become rows, without harm to the service and without a lost answer?"""

from service.xlsx.cells import letters
from service.xlsx.reading import Table, tables
from service.xlsx.refusals import LOST, DamagedWorkbook, Limits, LockedWorkbook, NoWorkbook, StrangeWorkbook, TooFar, TooLarge

__all__ = [
    "LOST",
    "DamagedWorkbook",
    "Limits",
    "LockedWorkbook",
    "NoWorkbook",
    "StrangeWorkbook",
    "Table",
    "TooFar",
    "TooLarge",
    "letters",
    "tables",
]
