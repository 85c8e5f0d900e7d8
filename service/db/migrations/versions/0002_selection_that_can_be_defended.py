"""selection that can be defended"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('district_quota',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('cycle_id', sa.Integer(), nullable=False),
    sa.Column('district_code', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('households', sa.Integer(), nullable=False),
    sa.Column('redistributed', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['cycle_id'], ['cycle.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('cycle_id', 'district_code')
    )
    with op.batch_alter_table('district_quota', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_district_quota_cycle_id'), ['cycle_id'], unique=False)

    op.create_table('policy_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('cycle_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('policy', sa.JSON(), nullable=False),
    sa.Column('policy_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('set_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.ForeignKeyConstraint(['cycle_id'], ['cycle.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('cycle_id', 'version')
    )
    with op.batch_alter_table('policy_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_policy_version_cycle_id'), ['cycle_id'], unique=False)

    op.create_table('duplicate_pair',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('first_id', sa.Integer(), nullable=False),
    sa.Column('second_id', sa.Integer(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=15), nullable=False),
    sa.Column('likeness', sa.Integer(), nullable=True),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('kept_id', sa.Integer(), nullable=True),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.CheckConstraint("kind IN ('same_kk', 'shared_member', 'likely')", name='ck_pair_kind'),
    sa.CheckConstraint("state IN ('open', 'same', 'different', 'cleared')", name='ck_pair_state'),
    sa.ForeignKeyConstraint(['first_id'], ['household.id'], ),
    sa.ForeignKeyConstraint(['kept_id'], ['household.id'], ),
    sa.ForeignKeyConstraint(['second_id'], ['household.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('first_id', 'second_id')
    )
    with op.batch_alter_table('duplicate_pair', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_duplicate_pair_second_id'), ['second_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_duplicate_pair_state'), ['state'], unique=False)

    op.create_table('earlier_family_card',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('household_id', sa.Integer(), nullable=False),
    sa.Column('kk_sealed', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kk_lookup', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['household_id'], ['household.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('household_id', 'kk_lookup')
    )
    with op.batch_alter_table('earlier_family_card', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_earlier_family_card_household_id'), ['household_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_earlier_family_card_kk_lookup'), ['kk_lookup'], unique=False)

    op.create_table('member',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('household_id', sa.Integer(), nullable=False),
    sa.Column('nik_sealed', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('nik_lookup', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('birth_on', sa.Date(), nullable=True),
    sa.Column('sex', sqlmodel.sql.sqltypes.AutoString(length=1), nullable=True),
    sa.Column('relation', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['household_id'], ['household.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('household_id', 'nik_lookup')
    )
    with op.batch_alter_table('member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_member_household_id'), ['household_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_member_nik_lookup'), ['nik_lookup'], unique=False)

    op.create_table('nik_decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('household_id', sa.Integer(), nullable=False),
    sa.Column('what', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('old_nik_sealed', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('old_nik_lookup', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('decided_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("what IN ('confirmed', 'corrected')", name='ck_nik_decision_what'),
    sa.ForeignKeyConstraint(['household_id'], ['household.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('nik_decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_nik_decision_household_id'), ['household_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_nik_decision_old_nik_lookup'), ['old_nik_lookup'], unique=False)

    op.create_table('endorsement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('decree_id', sa.Integer(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('regency_code', sqlmodel.sql.sqltypes.AutoString(length=5), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('verified', 'approved')", name='ck_endorsement_kind'),
    sa.ForeignKeyConstraint(['decree_id'], ['decree.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('decree_id', 'kind', 'regency_code', 'actor')
    )
    with op.batch_alter_table('endorsement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_endorsement_decree_id'), ['decree_id'], unique=False)

    op.create_table('objection',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('cycle_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('grounds', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('filed_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.CheckConstraint("kind IN ('enter', 'leave')", name='ck_objection_kind'),
    sa.CheckConstraint("state IN ('open', 'accepted', 'refused')", name='ck_objection_state'),
    sa.ForeignKeyConstraint(['case_id'], ['household_case.id'], ),
    sa.ForeignKeyConstraint(['cycle_id'], ['cycle.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('objection', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_objection_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_objection_cycle_id'), ['cycle_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_objection_state'), ['state'], unique=False)

    with op.batch_alter_table('aid_receipt', schema=None) as batch_op:
        batch_op.add_column(sa.Column('what', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('amount', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('received_on', sa.Date(), nullable=True))

    with op.batch_alter_table('cycle', schema=None) as batch_op:
        batch_op.add_column(sa.Column('selection_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True))

    # Every move of a case wrote these indexes too; those that begin with the cycle serve all that is asked.
    op.drop_index('ix_household_case_status', table_name='household_case')
    op.drop_index('ix_household_case_household_id', table_name='household_case')

    # Plain ADD COLUMN with its constraints inline: rebuilding these tables would trip over the rows that point at them.
    op.execute("ALTER TABLE decree ADD COLUMN public_letter_id INTEGER REFERENCES letter (id)")
    op.execute("ALTER TABLE decree ADD COLUMN objections_until DATE")
    op.execute(
        "ALTER TABLE household ADD COLUMN nik_check VARCHAR(12) DEFAULT 'unchecked' NOT NULL CONSTRAINT ck_household_nik_check "
        "CHECK (nik_check IN ('unchecked', 'found', 'not_found', 'differs', 'confirmed'))"
    )
    with op.batch_alter_table('household', schema=None) as batch_op:
        batch_op.add_column(sa.Column('nik_checked_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_household_nik_check'), ['nik_check'], unique=False)


def downgrade() -> None:
    raise RuntimeError("A home is not taken back to an older shape; restore the backup made before the update.")
