import { useId } from 'react'

/** The app's mark: the same drawing as `assets/source/app-icon.svg`. */
export function Logo({ className }: { readonly className?: string | undefined }) {
  const ground = useId()
  return (
    <svg className={className} viewBox="0 0 512 512" fill="none" aria-hidden="true">
      <defs>
        <linearGradient id={ground} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="#7c4dea" />
          <stop offset="1" stopColor="#4a22b5" />
        </linearGradient>
      </defs>
      <rect x="24" y="24" width="464" height="464" rx="108" fill={`url(#${ground})`} />
      <circle cx="142" cy="346" r="38" fill="#86f0cb" />
      <path
        d="M232 358V176M232 256c0-50 28-80 70-80s66 28 66 76v106"
        stroke="#ffffff"
        strokeWidth="52"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}
