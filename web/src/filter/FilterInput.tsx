import { Autocomplete } from '@mantine/core';
import { type KeyboardEvent, useEffect, useState } from 'react';

export interface FilterInputProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly suggestions: readonly string[];
  readonly onCommit: (value: string) => void;
}

/** One field of the filter. What is typed counts on Enter, on leaving the field, or when a suggestion is chosen. */
export function FilterInput({ label, placeholder, value, suggestions, onCommit }: FilterInputProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') onCommit(text);
  };

  return (
    <Autocomplete
      size="xs"
      label={label}
      placeholder={placeholder}
      value={text}
      data={[...suggestions]}
      limit={60}
      maxDropdownHeight={320}
      comboboxProps={{ transitionProps: { duration: 0 }, width: 'max-content', position: 'bottom-start' }}
      onChange={setText}
      onOptionSubmit={onCommit}
      onBlur={() => onCommit(text)}
      onKeyDown={onKeyDown}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      clearable
      onClear={() => onCommit('')}
    />
  );
}
